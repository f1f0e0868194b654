"""The addresses of the demo: one-click sign-in and the page of components."""

from django.urls import path

from lms.demo import views

app_name = "demo"
urlpatterns = [
    path("demo/enter/", views.enter, name="enter"),
    path("style/", views.style, name="style"),
]
