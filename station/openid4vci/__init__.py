"""OpenID for Verifiable Credential Issuance 1.0 as bytes and JSON: parse, check, answer."""
