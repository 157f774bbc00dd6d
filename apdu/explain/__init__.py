"""What octets on the way to a card and back mean, in words; nothing here talks to a card."""
