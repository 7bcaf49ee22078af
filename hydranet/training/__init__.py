"""From examples to trained heads: stored features, fitting, evaluation."""
