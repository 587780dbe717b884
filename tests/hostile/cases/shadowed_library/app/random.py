print("my random notes")
