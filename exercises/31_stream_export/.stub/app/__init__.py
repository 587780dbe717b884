"""The archive of some shops: their orders of many years, which accountants export."""
