"""From outcomes to a website: profiles, executed chapters, the site, the verification report."""
