"""What is written on the chip: octets to frozen values and back, without I/O or judgement."""
