"""The house checks itself: what house.md §7 demands of the code as it stands, without running a case through it."""
