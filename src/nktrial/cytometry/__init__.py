"""Events to populations: compensation, transforms, gates."""
