"""What OCI registries keep: descriptors, manifests, references, and the places that hold them."""
