"""Virtual patients with known truth, and instruments that write their files."""
