"""A phone: an OpenID4VCI wallet with a software secure element, and what a shop checks."""
