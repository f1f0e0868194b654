"""Who there is, and where: organisations, users, teachers, posts and offices."""
