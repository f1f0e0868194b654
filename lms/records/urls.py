"""The addresses of this app."""

from django.urls import path

from lms.records import views

app_name = "records"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("trainings/", views.trainings, name="trainings"),
    path("trainings/<int:pk>/", views.training, name="training"),
    path("trainings/<int:pk>/strike/", views.strike, name="strike"),
]
