"""How long training takes with features stored, and its heads beside scikit-learn's."""
