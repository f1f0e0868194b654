"""The limit: a project of its own with Django's seven usual middlewares, a session and a user of the database, and one
upsert. What the site's pages cost above this is what the site costs."""
