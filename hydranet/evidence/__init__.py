"""What can be known of a trained run from its pictures and answers: mistakes, confidence, what a head looks at."""
