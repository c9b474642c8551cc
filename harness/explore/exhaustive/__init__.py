"""The reference model itself, searched breadth first: every state within so many actions, every law in each."""
