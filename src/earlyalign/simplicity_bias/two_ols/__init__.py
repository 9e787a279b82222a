"""Paper B, Section 4: the law of the data, the two OLS estimators that training ends at, and their excess risk."""
