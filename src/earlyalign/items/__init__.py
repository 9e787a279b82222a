"""What a run is, what an item must bring along, how evidence becomes a verdict, and the manifest of all items."""
