"""The API of a bicycle workshop: its pages run in browsers, on other origins."""
