"""One plotter among many: an existing MQTT broker and Home Assistant run the hall."""
