"""The main job told as a story; it drives the `station` and `card-sim` commands as processes."""
