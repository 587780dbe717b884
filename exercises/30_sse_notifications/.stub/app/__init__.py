"""The notifications of a web shop: browsers hear of news as long as they are open."""
