"""Where releases lie: an OCI layout in a folder, a registry; the package index for pip."""
