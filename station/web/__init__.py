"""What is served: the issuer's public endpoints, and pages for people."""
