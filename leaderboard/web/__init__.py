"""The class board in a browser and over HTTP. `leaderboard.web.app.create_app` makes it for any ASGI server."""
