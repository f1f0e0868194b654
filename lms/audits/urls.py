"""The addresses of this app."""

from django.urls import path

from lms.audits.views import coverage, targets

app_name = "audits"
urlpatterns = [
    path("", coverage.home, name="home"),
    path("<int:pk>/", coverage.coverage, name="coverage"),
    path("<int:pk>/export/", coverage.export, name="export"),
    path("<int:pk>/<int:rule>/lacking/", coverage.lacking, name="lacking"),
    path("<int:pk>/<int:rule>/lacking/export/", coverage.export_lacking, name="export_lacking"),
    path("<int:pk>/targets/", targets.targets, name="targets"),
    path("<int:pk>/norm/", targets.set_norm, name="set_norm"),
    path("targets/<int:pk>/withdraw/", targets.withdraw_target, name="withdraw_target"),
]
