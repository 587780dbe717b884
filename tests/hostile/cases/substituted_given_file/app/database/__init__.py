"""Attack: sessions that report whatever is wanted."""
