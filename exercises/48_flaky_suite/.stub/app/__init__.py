"""The booking desk of a museum: groups book a guided tour and pay for it."""
