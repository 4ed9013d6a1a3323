"""From logged calls of a model to a node: reading logs, finding what varies, splitting pairs."""
