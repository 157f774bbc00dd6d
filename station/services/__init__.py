"""The use cases, in the order of the flow: counter, offering, issuance, delivery, activation."""
