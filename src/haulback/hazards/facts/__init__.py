"""What files and target say of one thing each: the questions that rules ask, answered once for all of them."""
