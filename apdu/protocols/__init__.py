"""The authentication protocols, reader side: generators that take ephemeral keys as arguments."""
