"""Answers by a language model: free ones for visitors, and reports for those who pay."""
