"""The Raspberry Pi side: from a press to ink on paper."""
