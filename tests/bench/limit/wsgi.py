"""The application of the limit, for the same server as the site's."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.limit.settings"
application = get_wsgi_application()
