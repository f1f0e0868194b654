"""The addresses of examinations, one file per room of the work."""

from exams.urls import bank, collecting, convening, hearing, marking, papers, registration, results, sitting

app_name = "exams"
urlpatterns = [
    *convening.urlpatterns,
    *registration.urlpatterns,
    *collecting.urlpatterns,
    *bank.urlpatterns,
    *papers.urlpatterns,
    *sitting.urlpatterns,
    *marking.urlpatterns,
    *hearing.urlpatterns,
    *results.urlpatterns,
]
