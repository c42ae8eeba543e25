def words(path):
    return path.read_text().split()
