-- A question replaces one of the same quiz.
ALTER TABLE quizzes_question ADD CONSTRAINT question_replaces_one_of_its_quiz
    FOREIGN KEY (replaces_id, quiz_id) REFERENCES quizzes_question (id, quiz_id);
