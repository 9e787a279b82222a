"""The item contract and the manifest: what every numbered thing of a paper must bring along."""
