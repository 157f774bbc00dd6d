"""What the phone and a shop check, each check by name and by who did it."""
