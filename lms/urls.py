"""The site's table of contents."""

from django.conf import settings
from django.urls import include, path

from lms.people.views import entrance

urlpatterns = [
    # Tried in their order: what a whole hall asks for at once comes first.
    path("exams/", include("exams.urls")),
    path("", include("lms.desks.urls")),
    # Ours among the pages of the sign-in package, under names like theirs.
    path("account/password/phone/", entrance.reset_by_phone, name="account_reset_by_phone"),
    path("account/password/phone/code/", entrance.reset_by_phone_code, name="account_reset_by_phone_code"),
    path("account/", include("allauth.urls")),
    path("people/", include("lms.people.urls")),
    path("certificates/", include("certs.urls")),
    path("coverage/", include("lms.audits.urls")),
    path("records/", include("lms.records.urls")),
    path("training/", include("lms.training.urls")),
    path("inbox/", include("lms.inbox.urls")),
    path("", include("cms.urls")),
    path("editor/", include("cms.editor")),
]

if settings.DEMO_SIGN_IN:
    urlpatterns.append(path("", include("lms.demo.urls")))
