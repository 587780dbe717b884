"""The box office of a theatre: who has booked which seat."""
