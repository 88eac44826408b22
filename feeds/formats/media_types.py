"""What each format is called on the wire."""

RSS = "application/rss+xml"
ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"
OPML = "text/x-opml"
HTML = "text/html"
