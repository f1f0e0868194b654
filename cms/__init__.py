"""What people read; the only place that knows Wagtail."""
