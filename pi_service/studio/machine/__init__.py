"""The machine as the studio uses it: its lease, its status, what people may have it do."""
