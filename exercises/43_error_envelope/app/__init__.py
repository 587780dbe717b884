"""The API of a parcel station: lockers in a wall, asked by an app on telephones."""
