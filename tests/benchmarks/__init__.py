"""Scripts that print the numbers of the README, each beside what it is compared with, in one run."""
