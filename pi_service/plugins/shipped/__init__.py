"""The plug-ins that come with catplotter, by entry points like everybody's."""
