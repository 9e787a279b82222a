"""Profiles, where publishing looks for them; see `earlyalign.runs.profiles`."""

from earlyalign.runs.profiles import PROFILES, SITE, UNRECORDED, Profile, read_profile

__all__ = ["PROFILES", "SITE", "UNRECORDED", "Profile", "read_profile"]
