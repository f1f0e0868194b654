"""The addresses of the inbox."""

from django.urls import path

from lms.inbox import views

app_name = "inbox"
urlpatterns = [
    path("", views.messages, name="messages"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/", views.message, name="message"),
]
