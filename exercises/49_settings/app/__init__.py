"""The photo archive of a harbour town: old photos, and links to the files in the storage."""
