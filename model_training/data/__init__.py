"""From files of doodles to batches: download, readers, prepared arrays, augmentation."""
