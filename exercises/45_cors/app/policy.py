"""The policy: which pages may use this API in a browser, and how."""

ORIGINS = (
    "https://shop.example.com",
    "https://desk.example.com:8443",
    "http://localhost:3000",
)
"""The pages themselves. Previews of pull requests, on `PREVIEW_HOST`, come on top of them."""

PREVIEW_HOST = "preview.example.com"
"""A preview is served from `https://NAME.` and this host, such as `pr-7` for the name."""

METHODS = ("GET", "POST", "PATCH", "DELETE")
"""What pages may do."""

HEADERS = ("Content-Type", "X-Request-Id")
"""What pages may send."""

EXPOSED = ("X-Total-Count", "Retry-After")
"""What pages may read besides the body."""
