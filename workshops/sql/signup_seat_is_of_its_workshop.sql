-- A place in a workshop is one of its own seats.
ALTER TABLE workshops_signup ADD CONSTRAINT signup_seat_is_of_its_workshop
    FOREIGN KEY (workshop_id, seat_id) REFERENCES workshops_seat (workshop_id, id);
