"""What may go wrong in a gate, set before the first block."""

# The risk of a false alarm at a ratio of exactly 1 + delta, over all figures and looks, and that of
# an alarm about a share where the candidate's is no larger than it may be.
ALPHA, SHARE_ALPHA = 0.0075, 0.00125
# Of the upper bound of each figure and share, at each look.
PASS_ALPHA = 0.05
